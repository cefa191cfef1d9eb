/// Unit tests of rules in promtool's format. [RuleTest] reads a file, feeds its input to real
/// groups on a virtual clock, and compares alerts and results of expressions with the expectations.
/// Behaves as promtool does, so that both agree on every file.
@NullMarked
package io.pharos.rules.test;

import org.jspecify.annotations.NullMarked;
