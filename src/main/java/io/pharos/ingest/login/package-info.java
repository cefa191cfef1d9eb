/// Logs in to targets whose metrics need an expiring token: `logins.yml`, renewal before expiry,
/// and the token files that scrapes read (docs/format/logins.md).
@NullMarked
package io.pharos.ingest.login;

import org.jspecify.annotations.NullMarked;
