/// The HTTP interface for programs: a package for each API, and here what they share: parameters,
/// bodies, bounded answers, required scopes.
@NullMarked
package io.pharos.server.api;

import org.jspecify.annotations.NullMarked;
