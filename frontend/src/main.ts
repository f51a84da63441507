/** The entry that every page loads. */

import "./style/tokens.css";
import "./style/base.css";
import "./style/home.css";
import "./style/stage.css";
import "./style/nodes.css";
import "./style/inspector.css";
import "./style/filter.css";
import "./style/forms.css";
import "./style/health.css";
import "./home/add-cluster";
import "./style/rbac.css";
import "./style/routing.css";
import "./style/search.css";
import "./style/trace.css";
import "./style/lesson.css";
import "./home/clusters";
import "./home/settings";
import "./home/upload";
import "./stage/stage";
import { applyTheme } from "./stage/theme";

applyTheme();
