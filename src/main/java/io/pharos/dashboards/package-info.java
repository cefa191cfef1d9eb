/// Grafana's classic dashboards: runs their queries with variables expanded as in Grafana, and
/// writes pages with their panels that need no Grafana. [PanelView] is the content of a panel.
@NullMarked
package io.pharos.dashboards;

import org.jspecify.annotations.NullMarked;
