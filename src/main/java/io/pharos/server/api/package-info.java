/// The HTTP interface for programs. Each API has a package; here is what they share: parameters,
/// bodies, bounded answers and required scopes.
@NullMarked
package io.pharos.server.api;

import org.jspecify.annotations.NullMarked;
