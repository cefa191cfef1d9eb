/// The page of who is on call: rotations, a calendar, and overrides.
@NullMarked
package io.pharos.server.web.oncall;

import org.jspecify.annotations.NullMarked;
