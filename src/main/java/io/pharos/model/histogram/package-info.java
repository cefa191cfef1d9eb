/// Native histograms: the value, its buckets and the arithmetic on it.
///
/// Everything is a float histogram here; what scrapes and remote writers send with integer counts
/// is converted on the way in. Every type is immutable.
@NullMarked
package io.pharos.model.histogram;

import org.jspecify.annotations.NullMarked;
