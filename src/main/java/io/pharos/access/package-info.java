/// Who may do what: bearer tokens with scopes, read from a file that holds only their hashes.
///
/// [io.pharos.access.TrustBoundary] tells who sends a request, [io.pharos.access.AccessControl]
/// whether that client may do what it wants. Without a tokens file only clients of this host may
/// write.
@NullMarked
package io.pharos.access;

import org.jspecify.annotations.NullMarked;
