/// Draws Grafana's classic dashboards without Grafana: runs their queries with variables expanded
/// as in Grafana, and writes pages with their panels. [PanelView] is the content of a panel.
@NullMarked
package io.pharos.dashboards;

import org.jspecify.annotations.NullMarked;
