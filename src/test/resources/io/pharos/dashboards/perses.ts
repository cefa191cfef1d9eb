// What a dashboard of ours may be: Perses' own types, and of its plugins those that we use. What newer versions than
// those on npm have stands here in full.
import type {
  Display, LayoutDefinition, Link, ListVariableSpec, PanelDisplay, ProjectMetadata, TextVariableDefinition, DurationString,
} from '@perses-dev/core';
import type {LogsOptions} from '@perses-dev/loki-plugin/lib/panels/logstable/logs-types';
import type {LokiLogQuerySpec} from '@perses-dev/loki-plugin/lib/queries/loki-log-query/loki-log-query-types';
import type {LokiTimeSeriesQuerySpec} from '@perses-dev/loki-plugin/lib/queries/loki-time-series-query/loki-time-series-query-types';
import type {MarkdownPanelOptions} from '@perses-dev/markdown-plugin/lib/markdown-panel-model';
import type {PrometheusTimeSeriesQuerySpec} from '@perses-dev/prometheus-plugin/lib/plugins/prometheus-time-series-query/time-series-query-model';
import type {PrometheusLabelValuesVariableOptions} from '@perses-dev/prometheus-plugin/lib/plugins/types';
import type {StatChartOptions} from '@perses-dev/stat-chart-plugin/lib/stat-chart-model';
import type {StatusHistoryChartOptions} from '@perses-dev/status-history-chart-plugin/lib/status-history-model';
import type {ColumnSettings, TableOptions} from '@perses-dev/table-plugin/lib/table-model';
import type {TimeSeriesChartOptions} from '@perses-dev/timeseries-chart-plugin/lib/time-series-chart-model';

type Kind<K extends string, S> = {kind: K; spec: S};

// since Perses 0.53: links of columns, filters
type Column = ColumnSettings & {
  dataLink?: {url: string; title?: string; openNewTab: boolean};
};
type Table = Omit<TableOptions, 'columnSettings'> & {columnSettings?: Column[]; enableFiltering?: boolean};

// since 0.54: alerts, annotations, variables of Loki, a variable as the source of others
type AlertTable = {defaultGroupBy?: string[]};
type AlertsQuery = {filters?: string[]; active?: boolean; silenced?: boolean; inhibited?: boolean; receiver?: string};
type Annotation = {
  display: {name: string; description?: string; hidden?: boolean; color?: string};
  plugin: Kind<'PrometheusPromQLAnnotation', Pick<PrometheusTimeSeriesQuerySpec, 'datasource'> & {
    expr: string; title?: string; legend?: string; tags?: string[];
  }>;
};
type PrometheusLabelValues = Omit<PrometheusLabelValuesVariableOptions, 'datasource'>
  & Pick<PrometheusTimeSeriesQuerySpec, 'datasource'>;
type LokiLabelValues = Pick<LokiLogQuerySpec, 'datasource'> & {labelName: string; matchers?: string[]};

type Plugin =
  | Kind<'TimeSeriesChart', TimeSeriesChartOptions>
  | Kind<'StatChart', StatChartOptions>
  | Kind<'StatusHistoryChart', StatusHistoryChartOptions>
  | Kind<'Table', Table>
  | Kind<'Markdown', MarkdownPanelOptions>
  | Kind<'LogsTable', LogsOptions>
  | Kind<'AlertTable', AlertTable>;
type Query =
  | Kind<'TimeSeriesQuery', {plugin:
      | Kind<'PrometheusTimeSeriesQuery', PrometheusTimeSeriesQuerySpec>
      | Kind<'LokiTimeSeriesQuery', LokiTimeSeriesQuerySpec>}>
  | Kind<'LogQuery', {plugin: Kind<'LokiLogQuery', LokiLogQuerySpec>}>
  | Kind<'AlertsQuery', {plugin: Kind<'AlertManagerAlertsQuery', AlertsQuery>}>;
type List = Omit<ListVariableSpec, 'plugin' | 'sort'> & {
  sort?: 'none' | 'alphabetical-asc' | 'alphabetical-desc' | 'numerical-asc' | 'numerical-desc' | 'alphabetical-ci-asc'
    | 'alphabetical-ci-desc';
  plugin:
    | Kind<'DatasourceVariable', {datasourcePluginKind: 'PrometheusDatasource'}>
    | Kind<'PrometheusLabelValuesVariable', PrometheusLabelValues>
    | Kind<'LokiLabelValuesVariable', LokiLabelValues>;
};

export type Dashboard = {
  kind: 'Dashboard';
  metadata: ProjectMetadata;
  spec: {
    display?: Display;
    duration: DurationString;
    refreshInterval?: DurationString;
    variables: (Kind<'ListVariable', List> | TextVariableDefinition)[];
    annotations?: Annotation[];
    links?: Link[];
    panels: Record<string, Kind<'Panel', {display: PanelDisplay; plugin: Plugin; queries?: Query[]; links?: Link[]}>>;
    layouts: LayoutDefinition[];
  };
};
