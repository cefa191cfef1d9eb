/// The values that templates handle, and how Go prints, compares and converts them.
@NullMarked
package io.pharos.template.value;

import org.jspecify.annotations.NullMarked;
