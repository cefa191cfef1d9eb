/// Logging in where metrics ask for a token that dies: logins.yml, renewal before the end, and the
/// file that the token is kept in for whoever scrapes (docs/format/logins.md).
@NullMarked
package io.pharos.ingest.login;

import org.jspecify.annotations.NullMarked;
