/// Grafana's classic dashboards: their queries with variables expanded as in Grafana, and pages
/// with their panels that need no Grafana. [PanelView] is the content of a panel, ready to be
/// drawn.
@NullMarked
package io.pharos.dashboards;

import org.jspecify.annotations.NullMarked;
