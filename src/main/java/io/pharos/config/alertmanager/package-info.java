/// Alertmanager's configuration file as records: read strictly, defaults merged into the receivers,
/// printed again with secrets masked; and its two matcher notations. Which kinds of integrations
/// there are is a parameter: each reads and prints its own keys.
///
/// What Alertmanager has no word for comes from `pharos.yml` beside it and joins the receivers of
/// the same name.
@NullMarked
package io.pharos.config.alertmanager;

import org.jspecify.annotations.NullMarked;
