/// Go's text/template and html/template, as far as rule annotations and Alertmanager's templates
/// use them: parse once, execute many times, within bounds on steps, depth and output.
///
/// Beside the interpreter stand the function sets of Prometheus and Alertmanager and the data that
/// their templates see. A template is input from outside: it can fail, never hang.
@NullMarked
package io.pharos.template;

import org.jspecify.annotations.NullMarked;
