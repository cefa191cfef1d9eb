/// Tells people that their shift of a rotation has begun.
@NullMarked
package io.pharos.oncall.shift;

import org.jspecify.annotations.NullMarked;
