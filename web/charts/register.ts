import { Chart, Legend, ScatterController, SubTitle, Title, Tooltip } from 'chart.js';

Chart.register(Legend, ScatterController, SubTitle, Title, Tooltip);
// What is registered here serves every chart of the page: those that want it say so.
Chart.defaults.plugins.legend.display = false;
Chart.defaults.plugins.tooltip.enabled = false;
