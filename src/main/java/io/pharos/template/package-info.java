/// Go's text/template and html/template, as far as rule annotations and Alertmanager's templates
/// use them: parsed once, executed often, with limits on steps, depth and output.
///
/// The package also contains the functions and data of Prometheus' and Alertmanager's templates.
/// Templates are untrusted input: they may fail but must never hang.
@NullMarked
package io.pharos.template;

import org.jspecify.annotations.NullMarked;
