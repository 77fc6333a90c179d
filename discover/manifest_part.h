/*
 * Between the two halves of discover/manifest.h: manifest_scan.c reads JSON
 * and says what it comes across, manifest.c knows what it means. Nobody else
 * includes this.
 */
#pragma once

#include <stdbool.h>

#include "discover/manifest.h"

/* Whether the innermost of what is open is an object. */
bool manifest_in_object(const struct manifest *manifest);

/* A key, string or number is whole: manifest->word. */
void manifest_take_key(struct manifest *manifest);
void manifest_take_string(struct manifest *manifest);
void manifest_take_number(struct manifest *manifest);

/* A value that is an object begins. */
void manifest_take_object(struct manifest *manifest);
