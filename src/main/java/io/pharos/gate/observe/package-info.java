/// Makes the readings that a gate judges, from PromQL, probes and alerting rules.
@NullMarked
package io.pharos.gate.observe;

import org.jspecify.annotations.NullMarked;
