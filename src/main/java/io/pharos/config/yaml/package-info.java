/// Strict YAML: every key is read once or refused, and every refusal names file, line and value.
@NullMarked
package io.pharos.config.yaml;

import org.jspecify.annotations.NullMarked;
