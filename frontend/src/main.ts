/** The entry that every page loads. */

import "./stage/style";
import "./style/home.css";
import "./home/add-cluster";
import "./home/clusters";
import "./home/course";
import "./home/settings";
import "./home/upload";
import "./stage/stage";
import { applyTheme } from "./stage/theme";

applyTheme();
