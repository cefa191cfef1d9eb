/// Escalation policies, which notify the people of one level after another until somebody
/// acknowledges.
@NullMarked
package io.pharos.oncall.escalation;

import org.jspecify.annotations.NullMarked;
