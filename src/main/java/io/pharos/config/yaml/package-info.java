/// Strict YAML: unknown keys are refused, and every error contains file, line and value.
@NullMarked
package io.pharos.config.yaml;

import org.jspecify.annotations.NullMarked;
