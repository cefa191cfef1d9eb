/// Checks migrations for statements that cannot run beside the previous release.
@NullMarked
package io.pharos.migration.lint;

import org.jspecify.annotations.NullMarked;
