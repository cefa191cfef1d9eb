/// The port for recurring work; the composition root implements it on the Quarkus scheduler, tests
/// on a virtual clock.
@NullMarked
package io.pharos.schedule;

import org.jspecify.annotations.NullMarked;
