/// Escalation: which people a policy tells of a group, step by step, until somebody acknowledges.
@NullMarked
package io.pharos.oncall.escalation;

import org.jspecify.annotations.NullMarked;
