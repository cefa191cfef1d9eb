/// Alertmanager's configuration file as records: read strictly, defaults merged into the receivers,
/// and printed with secrets redacted. The kinds of integrations are a parameter, and each reads and
/// prints its own keys. Settings that Alertmanager lacks come from `pharos.yml`.
@NullMarked
package io.pharos.config.alertmanager;

import org.jspecify.annotations.NullMarked;
