/// What is legal in a rule file and surely not meant: findings with file and line, made without
/// asking any server (docs/lint.md lists the checks).
///
/// [RuleLint] is the way in. It works on what an expression tells of itself: which labels its
/// result can have ([LabelFlow]) and which values ([ValueFlow]).
@NullMarked
package io.pharos.lint;

import org.jspecify.annotations.NullMarked;
