/// Unit tests of rules in promtool's format. [RuleTest] reads a file, stores its input, evaluates
/// real groups with a virtual clock, and compares alerts and results of expressions with the
/// expectations. Behaves like promtool, so that both have the same verdict on every file.
@NullMarked
package io.pharos.rules.test;

import org.jspecify.annotations.NullMarked;
