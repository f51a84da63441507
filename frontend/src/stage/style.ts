/** The style of the stage, for each of its entries: a server's pages (main.ts) and one file (offline/player.ts). */

import "../style/tokens.css";
import "../style/base.css";
import "../style/stage.css";
import "../style/nodes.css";
import "../style/inspector.css";
import "../style/family.css";
import "../style/objects.css";
import "../style/containers.css";
import "../style/filter.css";
import "../style/forms.css";
import "../style/health.css";
import "../style/rbac.css";
import "../style/routing.css";
import "../style/search.css";
import "../style/trace.css";
import "../style/lesson.css";
