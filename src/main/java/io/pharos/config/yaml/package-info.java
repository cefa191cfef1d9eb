/// Strict YAML: every key is read or refused, and every error names file, line and value.
@NullMarked
package io.pharos.config.yaml;

import org.jspecify.annotations.NullMarked;
