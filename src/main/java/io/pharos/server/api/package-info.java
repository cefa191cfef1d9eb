/// The HTTP surface for machines, over the services of the other rooms: a package for each API, and
/// here what they share: parameters, bodies, answers within their bounds, scopes that routes need.
@NullMarked
package io.pharos.server.api;

import org.jspecify.annotations.NullMarked;
