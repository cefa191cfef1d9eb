/// What an execution of a template writes to: plain text, or HTML with values escaped for their
/// place.
@NullMarked
package io.pharos.template.output;

import org.jspecify.annotations.NullMarked;
