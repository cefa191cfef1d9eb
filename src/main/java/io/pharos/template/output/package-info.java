/// The outputs to which a template writes: plain text, or HTML in which values are escaped for
/// their position.
@NullMarked
package io.pharos.template.output;

import org.jspecify.annotations.NullMarked;
