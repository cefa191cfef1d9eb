/// The HTTP interface for programs. Each API has a separate package. This package contains the code
/// that they share, for parameters, bodies, bounded answers and required scopes.
@NullMarked
package io.pharos.server.api;

import org.jspecify.annotations.NullMarked;
