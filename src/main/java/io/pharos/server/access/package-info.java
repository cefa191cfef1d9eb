/// Who may do what: bearer tokens with scopes, read from a file that holds only their hashes.
///
/// [io.pharos.server.access.Perimeter] tells who sends a request,
/// [io.pharos.server.access.AccessControl] whether that client may do what it wants. Without a
/// tokens file only clients of this host may write.
@NullMarked
package io.pharos.server.access;

import org.jspecify.annotations.NullMarked;
