/// The pages that draw Grafana's dashboards without Grafana.
@NullMarked
package io.pharos.server.web.dashboard;

import org.jspecify.annotations.NullMarked;
