/// Dashboards as Grafana's classic JSON has them: which queries their panels ask, with variables
/// expanded as Grafana expands them.
@NullMarked
package io.pharos.dashboards;

import org.jspecify.annotations.NullMarked;
