/// Work that somebody asks for and waits for: where it is done, how long it may wait and take, and
/// how it ends when nobody waits any more.
@NullMarked
package io.pharos.limits.work;

import org.jspecify.annotations.NullMarked;
