/// Who may do what: bearer tokens with scopes, read from a file that holds only their hashes.
///
/// [io.pharos.access.AccessControl] is the way in. Without a tokens file only clients of this host
/// may write.
@NullMarked
package io.pharos.access;

import org.jspecify.annotations.NullMarked;
