/// Work that goes on by itself: the port for recurring work, which the composition root implements
/// on the Quarkus scheduler, processes without it on threads of their own and tests on a virtual
/// clock; group commits; and when each loop last ran.
@NullMarked
package io.pharos.schedule;

import org.jspecify.annotations.NullMarked;
