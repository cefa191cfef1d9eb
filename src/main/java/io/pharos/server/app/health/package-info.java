/// The process checks itself: its troubles, the alerts about them, its memory and its clock.
@NullMarked
package io.pharos.server.app.health;

import org.jspecify.annotations.NullMarked;
