/// What the data of an alert show beside its value: the label values that differ most from the
/// rest.
@NullMarked
package io.pharos.evidence;

import org.jspecify.annotations.NullMarked;
