/// Unit tests of rules in promtool's format: series are played to the real groups on a virtual
/// clock, and what fires and what expressions give is compared with what the file expects.
///
/// [RuleTest] reads a file and runs it; what promtool does on a point is done here too, so that
/// both agree on every file.
@NullMarked
package io.pharos.rules.test;

import org.jspecify.annotations.NullMarked;
