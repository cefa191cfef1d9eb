/// Authorization: tokens, scopes, sessions and signed links.
///
/// [io.pharos.access.TrustBoundary] determines which client sent a request, and
/// [io.pharos.access.AccessControl] checks what the client may do. The tokens file contains only
/// hashes of tokens. Without a tokens file only clients on this host may write.
@NullMarked
package io.pharos.access;

import org.jspecify.annotations.NullMarked;
