/// Authorization: tokens, scopes, sessions and signed links.
///
/// [io.pharos.access.TrustBoundary] determines the client of a request,
/// [io.pharos.access.AccessControl] checks its permissions. The tokens file contains only hashes;
/// without one, only clients on this host may write.
@NullMarked
package io.pharos.access;

import org.jspecify.annotations.NullMarked;
