/// Alertmanager's API v2, as thin resources.
@NullMarked
package io.pharos.server.api.alertmanager;

import org.jspecify.annotations.NullMarked;
