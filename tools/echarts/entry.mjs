// What the web pages draw with: the parts of Apache ECharts that pipeline/web/static/plots.js asks for, nothing else.
import * as core from "echarts/core";
import { BarChart, CustomChart, GraphChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent, DataZoomInsideComponent, GridComponent, LegendPlainComponent, MarkLineComponent, TooltipComponent,
} from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

core.use([
  BarChart, CustomChart, GraphChart, LineChart, SankeyChart, ScatterChart, AriaComponent, DataZoomInsideComponent,
  GridComponent, LegendPlainComponent, MarkLineComponent, TooltipComponent, CanvasRenderer,
]);
export const { init } = core;
