/// Checks of rule files: one class for each group of checks, run by [RuleLint].
@NullMarked
package io.pharos.lint.rule;

import org.jspecify.annotations.NullMarked;
