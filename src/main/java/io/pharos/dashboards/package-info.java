/// Dashboards as Grafana's classic JSON has them: which queries their panels ask, with variables
/// expanded as Grafana expands them, and what is to be seen then, as pages that need no Grafana.
/// Whoever draws gets a [PanelView], in which all is decided.
@NullMarked
package io.pharos.dashboards;

import org.jspecify.annotations.NullMarked;
