/// Alertmanager's configuration file as records: read strictly, defaults merged into the receivers,
/// and printed with secrets redacted. The caller passes the kinds of integrations; each kind reads
/// and prints its keys. Settings that Alertmanager lacks come from `pharos.yml`.
@NullMarked
package io.pharos.config.alertmanager;

import org.jspecify.annotations.NullMarked;
