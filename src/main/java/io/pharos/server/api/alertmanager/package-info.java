/// Alertmanager's HTTP API v2.
@NullMarked
package io.pharos.server.api.alertmanager;

import org.jspecify.annotations.NullMarked;
