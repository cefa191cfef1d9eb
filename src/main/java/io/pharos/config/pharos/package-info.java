/// Settings of `pharos.yml` beside `alertmanager.yml`: texts and deliveries of messages.
@NullMarked
package io.pharos.config.pharos;

import org.jspecify.annotations.NullMarked;
