/// Expressions that make alerts begin and end later than the expressions of their rules.
@NullMarked
package io.pharos.rules.hysteresis;

import org.jspecify.annotations.NullMarked;
